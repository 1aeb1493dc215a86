#!/usr/bin/env bash
# Own tumours of every modality beside the shipped cohorts, on real files, where this machine has them.
set -euo pipefail

data=${TARGETFINDER_SHARED_DATA:-}
if [ ! -d "$data/cohorts" ]; then
  echo "no folder with real files: TARGETFINDER_SHARED_DATA is '$data'" | tee own.skipped
  exit 0
fi

ewing=$data/cohorts/ewing_SRP015989_recount2_tpm.tsv.gz
header=sample,indication,cohort,modality,file,format,unit,library,material,selected_by,malignant,mapping,column,role
cat >sheet.csv <<SHEET
$header
shCTR1,ewing_sarcoma,A673,rna_bulk,$ewing,matrix,TPM,poly_a,cell_line,,,symbol=symbol,SRR579382_shCTR,
shCTR2,ewing_sarcoma,A673,rna_bulk,$ewing,matrix,TPM,poly_a,cell_line,,,symbol=symbol,SRR579383_shCTR,
shCTR3,ewing_sarcoma,A673,rna_bulk,$ewing,matrix,TPM,poly_a,cell_line,,,symbol=symbol,SRR579384_shCTR,query
*,multiple_myeloma,commpass,rna_bulk,$data/cohorts/mm_commpass_10patients_fpkm.tsv.gz,matrix,FPKM,poly_a,sorted,SDC1,,symbol=symbol,,
MM16,multiple_myeloma,MM16,rna_cell,$data/cohorts/mm16_23cells.h5ad,h5ad,,,sorted,SDC1,all,,,
marrow,multiple_myeloma,marrow,protein,$data/rna_cell/bm_citeseq_triana2021_healthy_250cells_462genes_197proteins.h5ad,h5ad,,,tumour,,all,proteins=protein,,
SHEET
bin/nextflow -log own.log run main.nf -profile demo --outdir own --input sheet.csv
