// Holds each query of the samplesheet against the cohorts of its indication; no query, no table.
process DECIDE_QUERY {
    tag "${meta.id}"
    label 'process_single'

    input:
    tuple val(meta), path(results), path(indication)
    path cohorts
    path scoring

    output:
    tuple val(meta.id), path('patients.{parquet,tsv}'), optional: true, emit: patients
    path 'versions.yml', emit: versions

    script:
    """
    targetfinder --versions versions.yml decide query \\
        --indication ${indication} --results . --cohorts ${cohorts} --scoring ${scoring} --out .
    """

    stub:
    """
    touch patients.parquet patients.tsv versions.yml
    """
}
