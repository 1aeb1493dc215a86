// Measures how much of the tumour carries each gene.
process EVIDENCE_PRESENCE {
    tag "${meta.id}"
    label 'process_single'

    input:
    tuple val(meta), path(indication)
    path bundle
    path cohorts
    path scoring

    output:
    tuple val(meta.id), path('presence.parquet'), emit: evidence
    path 'versions.yml', emit: versions

    script:
    """
    targetfinder --versions versions.yml evidence presence \\
        --indication ${indication} --bundle ${bundle} --cohorts ${cohorts} --scoring ${scoring} \\
        --min-patients ${meta.min_patients} --out presence.parquet
    """

    stub:
    """
    touch presence.parquet versions.yml
    """
}
