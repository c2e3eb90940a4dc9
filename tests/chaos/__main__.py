"""`python -m tests.chaos [FAULT …]`: break the running product under load and check what it promises.

`make chaos` calls this. Servers, stores and processes are its own. Prints fault × checks with limits; exit status 1 if
one is missed.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

from dealport.servers import processes
from tests.chaos import checks
from tests.chaos.faults import FAULTS, Fault
from tests.chaos.model import Store
from tests.chaos.processors import Processors, stretch
from tests.chaos.product import Product
from tests.chaos.traffic import Traffic

WARM_SECONDS = 3.0
HEALTHY_SECONDS = 60.0


def main() -> None:
    """Start the product and its load, cause the faults, check everything, stop everything."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    faults = parse()
    print(
        f"The limits are for two idle processors; load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors."
        " What other programs take of them during a fault stretches its limits."
    )
    began = time.monotonic()
    processes.adopt_orphans()  # the servers: what they use is this run's
    processors = Processors()
    processors.start()
    product = Product()
    try:
        missed = run(product, faults, processors)
    finally:
        product.stop()
    seconds, average = time.monotonic() - began, os.getloadavg()[0]
    print(f"\n{len(faults)} faults in {seconds:.0f} s, load average {average:.1f}; limits missed: {missed}", flush=True)
    sys.exit(1 if missed else 0)


def parse() -> Sequence[Fault]:
    """Read the command line; end with status 2 for a fault that does not exist."""
    by_name = {fault.name: fault for fault in FAULTS}
    parser = argparse.ArgumentParser(prog="make chaos", description="Break the running product under load.")
    parser.add_argument("names", nargs="*", metavar="FAULT", help=f"of {', '.join(by_name)}; default: all")
    names = parser.parse_args().names or list(by_name)
    for unknown in set(names) - set(by_name):
        parser.error(f"no fault {unknown}; there are {', '.join(by_name)}")
    return [by_name[name] for name in names]


def run(product: Product, faults: Sequence[Fault], processors: Processors) -> int:
    """Cause the faults under load; return how many limits were missed."""
    made = product.fill()
    stores = [Store.of(store) for store in made["stores"]]
    product.start()
    traffic = Traffic(product.port, made["token"], stores)
    traffic.start()
    missed = 0
    try:
        time.sleep(WARM_SECONDS)
        if traffic.problems:
            raise RuntimeError(f"without any fault: {traffic.problems[0]}")
        for fault in faults:
            product.wait_until_healthy(HEALTHY_SECONDS)
            before = processors.read()
            window = cause(product, traffic, fault, made["locked"])
            stretched = replace(window, stretch=stretch(before, processors.read(), count=os.cpu_count() or 1))
            missed += report(fault.name, checks.of_fault(fault, stretched))
    except BaseException:
        print(product.last_words(), file=sys.stderr)
        raise
    finally:
        traffic.stop()
    return missed + report("afterwards", checks.afterwards(product, traffic))


def cause(product: Product, traffic: Traffic, fault: Fault, order: int) -> checks.Window:
    """Cause a fault under load, wait until the product has recovered, and return what was seen."""
    first, known = len(traffic.samples), len(traffic.problems)
    began = time.monotonic()
    with fault.cause(product, traffic, order):
        time.sleep(fault.seconds)
        healed = time.monotonic()
    served = checks.await_service(traffic.samples, healed)
    folded = checks.await_folding(product, healed)
    alive = checks.await_heartbeats(product, fault.revived, healed)
    samples, problems = traffic.samples[first:], traffic.problems[known:]
    return checks.Window(began, healed, served, folded, alive, samples, problems)


def report(name: str, results: Sequence[checks.Check]) -> int:
    """Print the rows of one fault; return how many limits were missed."""
    for check in results:
        verdict = "" if check.is_kept else "  MISSED"
        print(f"{name:<18} {check.name:<34} {check.figure:<34} {check.limit}{verdict}", flush=True)
    return sum(not check.is_kept for check in results)


if __name__ == "__main__":
    main()
