"""The whole set of processes on one machine, without containers: what `./dev stack` starts."""
