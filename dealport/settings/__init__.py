"""Settings of every process, read from environment variables alone; one module per subject.

Production is what is neither DEBUG nor DEALPORT_DEMO nor DEALPORT_TESTING. The comment above a setting
explains the variable it is read from.
"""

from dealport.settings.accounts import *
from dealport.settings.api import *
from dealport.settings.applications import *
from dealport.settings.beat import *
from dealport.settings.cache import *
from dealport.settings.connections import *
from dealport.settings.database import *
from dealport.settings.files import *
from dealport.settings.mail import *
from dealport.settings.monitoring import *
from dealport.settings.process import *
from dealport.settings.security import *
from dealport.settings.tasks import *
