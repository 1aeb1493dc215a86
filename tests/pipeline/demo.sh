#!/usr/bin/env bash
# The demo on real cohorts: locally, resumed, and on a real one-node Slurm, where this machine can run one.
set -euo pipefail

run() { # run OUTDIR ARGUMENTS...
  local started=$SECONDS
  bin/nextflow -log "$1.log" run main.nf -profile "$profile" --outdir "$1" "${@:2}"
  echo $((SECONDS - started)) >"$1.seconds"
}

profile=demo run local
profile=demo run resumed -resume

folder=$(mktemp -d /tmp/slurm.XXXX)
if SLURM_CONF=$(tests/pipeline/slurm/up "$folder" 2>slurm.skipped); then
  export SLURM_CONF
  trap 'tests/pipeline/slurm/down "$folder"; rm -rf "$folder"' EXIT
  profile=demo,slurm run slurm -work-dir work_slurm
  cp "$folder"/log/jobcomp.txt jobs.txt
  rm slurm.skipped
fi
