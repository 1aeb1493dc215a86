#!/usr/bin/env bash
# Bad input, one case after the other: what is printed goes to <case>.out, the exit code to <case>.exit.
set -uo pipefail

try() { # try CASE ARGUMENTS...
  bin/nextflow -log "$1.log" run main.nf -profile test --outdir "$1" "${@:2}" >"$1.out" 2>&1
  echo $? >"$1.exit"
}

bin/targetfinder demo simulate --out simulated
try unknown_indication --indications planted,ewing
try wrong_parameters --indicatons planted --min_patients few
try too_few_patients --indications small

cp -r simulated damaged && head -c 1000 simulated/simulated.zip >damaged/simulated.zip
try wrong_checksum --references damaged --store damaged/store

cp -r simulated relabelled && sed -i 's/vital/vitall/' relabelled/tissues.tsv
try wrong_class --references relabelled --store relabelled/store

mkdir narrow && (cd narrow && unzip -q ../simulated/simulated.zip && cut -d, -f1-7 cohorts.csv >c && mv c cohorts.csv && zip -qX ../narrow.zip ./*)
cp -r simulated unusable && rm -rf unusable/store && cp narrow.zip unusable/simulated.zip
sed -i "s/^sha256 = .*/sha256 = \"$(sha256sum <narrow.zip | cut -d ' ' -f 1)\"/" unusable/sources.toml
try missing_column --references unusable --store unusable/store
