// Writes the ranked table as TSV and XLSX.
process REPORT_TABLES {
    tag "${meta.id}"
    label 'process_single'

    input:
    tuple val(meta), path(results)

    output:
    tuple val(meta.id), path('targets.{tsv,xlsx}'), emit: tables
    path 'versions.yml', emit: versions

    script:
    """
    targetfinder --versions versions.yml report tables --targets targets.parquet --out .
    """

    stub:
    """
    touch targets.tsv targets.xlsx versions.yml
    """
}
