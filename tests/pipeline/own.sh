#!/usr/bin/env bash
# Own tumours of every modality beside the shipped cohorts, on real files, where this machine has them.
set -euo pipefail

data=${TARGETFINDER_SHARED_DATA:-}
if [ ! -d "$data/cohorts" ]; then
  echo "no folder with real files: TARGETFINDER_SHARED_DATA is '$data'" | tee own.skipped
  exit 0
fi

ewing=$data/cohorts/ewing_SRP015989_recount2_tpm.tsv.gz
myeloma=$data/cohorts/mm_commpass_10patients_fpkm.tsv.gz
marrow=$data/rna_cell/bm_citeseq_triana2021_healthy_250cells_462genes_197proteins.h5ad
rppa=$data/cohorts/ccle_rppa_898lines_214antibodies.tsv.gz
printf '%s\n' antibody,genes c.Kit,KIT Caveolin.1,CAV1 EGFR,EGFR HER2,ERBB2 TFRC,TFRC >antibodies.csv
{
  echo sample,indication,cohort,modality,file,format,unit,library,material,selected_by,malignant,mapping,column,role,genes
  echo "shCTR1,ewing_sarcoma,A673,rna_bulk,$ewing,matrix,TPM,poly_a,cell_line,,,symbol=symbol,SRR579382_shCTR,,"
  echo "shCTR2,ewing_sarcoma,A673,rna_bulk,$ewing,matrix,TPM,poly_a,cell_line,,,symbol=symbol,SRR579383_shCTR,,"
  echo "shCTR3,ewing_sarcoma,A673,rna_bulk,$ewing,matrix,TPM,poly_a,cell_line,,,symbol=symbol,SRR579384_shCTR,query,"
  for line in 039 041 052 087 210 391 424; do
    echo "ACH-000$line,ewing_sarcoma,rppa,protein,$rppa,panel,,,cell_line,,,samples=depmapID;skip=cellLine|CCLE_Name|lineage|lineage_subtype|disease|disease_subtype,,,antibodies.csv"
  done
  echo "*,multiple_myeloma,commpass,rna_bulk,$myeloma,matrix,FPKM,poly_a,sorted,SDC1,,symbol=symbol,,,"
  echo "MM16,multiple_myeloma,MM16,rna_cell,$data/cohorts/mm16_23cells.h5ad,h5ad,,,sorted,SDC1,all,,,,"
  echo "marrow,multiple_myeloma,marrow,protein,$marrow,h5ad,,,tumour,,all,proteins=protein,,,"
} >sheet.csv
bin/nextflow -log own.log run main.nf -profile demo --outdir own --input sheet.csv
