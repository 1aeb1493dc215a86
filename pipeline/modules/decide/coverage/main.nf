// Finds the smallest sets of targets that reach the patients; runs where a samplesheet gives them one by one.
process DECIDE_COVERAGE {
    tag "${meta.id}"
    label 'process_single'

    input:
    tuple val(meta), path(results), path(indication)
    path cohorts

    output:
    tuple val(meta.id), path('coverage.parquet'), emit: coverage
    path 'versions.yml', emit: versions

    script:
    """
    targetfinder --versions versions.yml decide coverage \\
        --indication ${indication} --results . --cohorts ${cohorts} --goal ${meta.goal} --out coverage.parquet
    """

    stub:
    """
    touch coverage.parquet versions.yml
    """
}
