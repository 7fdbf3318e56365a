"""``make bench``: every benchmark in turn, or those named."""

from __future__ import annotations

import sys

from bench import alerts, decode, fanout, faults, feeds, http, laps, latency, results, rewind, soak

BENCHMARKS = {
    "results": results.main,
    "decode": decode.main,
    "alerts": alerts.main,
    "latency": latency.main,
    "feeds": feeds.main,
    "fanout": fanout.main,
    "laps": laps.main,
    "http": http.main,
    "rewind": rewind.main,
}

if sys.argv[1:2] == ["faults"]:  # takes ten minutes and names of its own
    faults.main()
    raise SystemExit
if sys.argv[1:2] == ["soak"]:  # takes 24 minutes; SOAK_HOURS=3 makes it three
    soak.main()
    raise SystemExit

for name in sys.argv[1:] or BENCHMARKS:
    if name not in BENCHMARKS:
        raise SystemExit(f"no benchmark {name}: {', '.join(BENCHMARKS)}")
    print(f"== {name}")
    BENCHMARKS[name]()
