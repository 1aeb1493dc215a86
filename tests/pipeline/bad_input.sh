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

sheet() { # sheet FILE COHORT=FILE...: a samplesheet of one cohort a file
  { echo sample,indication,cohort,modality,file,format,unit && printf "*,planted,%s,rna_bulk,%s,matrix,TPM\n" "${@:2}"; } >"$1"
}
sheet wrong.csv one none.tsv two '../simulated/own/tumours.tsv'
try wrong_samplesheet --input wrong.csv
gzip -c simulated/own/tumours.tsv | head -c 5000 >cut.tsv.gz
sed 's/ENSG/ENSMUSG/' simulated/own/tumours.tsv >mouse.tsv
sheet unreadable.csv truncated cut.tsv.gz murine mouse.tsv
try unreadable_cohorts --input unreadable.csv
(head -n 1 simulated/own/tumours.tsv && paste <(tail -n +2 simulated/own/tumours.tsv | cut -f 1) <(tail -n +2 simulated/own/tumours.tsv | cut -f 2- | tac)) >turned.tsv
sheet refused.csv turned turned.tsv
try refused_cohort --input refused.csv
