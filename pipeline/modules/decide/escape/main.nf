// Compares selection with relapse: samples of a samplesheet and the clinical table; runs with either; without a later time it tells prior risk alone.
process DECIDE_ESCAPE {
    tag "${meta.id}"
    label 'process_medium'

    input:
    tuple val(meta), path(results), path(indication), path(clinical) // no clinical table without --clinical
    path cohorts
    path bundle
    path scoring

    output:
    tuple val(meta.id), path('{escape,escape_patients,escape_targets,soluble}.parquet'), emit: escape
    path 'versions.yml', emit: versions

    script:
    def table = clinical ? "--clinical ${clinical}" : ''
    """
    targetfinder --versions versions.yml decide escape \\
        --indication ${indication} --results . --cohorts ${cohorts} --bundle ${bundle} --scoring ${scoring} --out . ${table}
    """

    stub:
    """
    touch escape.parquet escape_patients.parquet escape_targets.parquet soluble.parquet versions.yml
    """
}
