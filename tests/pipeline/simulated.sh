#!/usr/bin/env bash
# Planted truth through the whole pipeline: a run, the same resumed, an edit resumed, and a second run from scratch.
set -euo pipefail

run() { # run OUTDIR ARGUMENTS...
  bin/nextflow -log "$1.log" run main.nf -profile test --outdir "$1" --indications planted,logged,own.toml --benchmark \
    --input simulated/own/samplesheet.csv "${@:2}"
}

bin/targetfinder demo simulate --out simulated
printf '%s\n' 'id = "own"' 'name = "Own"' 'group = "own"' 'lineage = "own"' 'cohorts = ["PLANTED", "SISTER"]' >own.toml

run first
run resumed -resume
echo '# an edit of the ranking code' >>src/targetfinder/decide/_reasons.py
run edited -resume
run second -work-dir elsewhere
