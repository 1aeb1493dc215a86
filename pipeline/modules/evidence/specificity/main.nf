// Measures the therapeutic window of each gene against every normal tissue.
process EVIDENCE_SPECIFICITY {
    tag "${meta.id}"
    label 'process_medium'

    input:
    tuple val(meta), path(indication)
    path bundle
    path cohorts
    path scoring

    output:
    tuple val(meta.id), path('specificity.parquet'), emit: evidence
    path 'versions.yml', emit: versions

    script:
    """
    targetfinder --versions versions.yml evidence specificity \\
        --indication ${indication} --bundle ${bundle} --cohorts ${cohorts} --scoring ${scoring} \\
        --out specificity.parquet
    """

    stub:
    """
    touch specificity.parquet versions.yml
    """
}
