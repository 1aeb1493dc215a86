#!/usr/bin/env bash
# Every process has a stub, and a stub run leaves nothing in the store.
set -euo pipefail
bin/nextflow run main.nf -profile demo -stub-run --store store
