"""How hard the property tests search.

HYPOTHESIS_PROFILE=ci (the default) tries the same few hundred cases every time and keeps `make test` short;
HYPOTHESIS_PROFILE=long searches anew for as long as it takes and prints how to repeat what it found; STORE_LIVES is
then how many lives a store has in each zone (300).
"""

import os

from hypothesis import HealthCheck, settings

# A step of a state machine asks the database some fifty questions: slow by Hypothesis' standards, and meant.
SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)

settings.register_profile("ci", max_examples=150, derandomize=True, deadline=None, suppress_health_check=SLOW)
settings.register_profile(
    "long", max_examples=5_000, deadline=None, suppress_health_check=SLOW, database=None, print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
