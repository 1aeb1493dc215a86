// Holds what the tumour shows an NK cell against other tumours.
process EVIDENCE_NK_VIEW {
    tag "${meta.id}"
    label 'process_single'

    input:
    tuple val(meta), path(indication)
    path bundle
    path cohorts
    path scoring

    output:
    tuple val(meta.id), path('nk_view.parquet'), emit: nk_view
    path 'versions.yml', emit: versions

    script:
    """
    targetfinder --versions versions.yml evidence nk_view \\
        --indication ${indication} --bundle ${bundle} --cohorts ${cohorts} --scoring ${scoring} --out nk_view.parquet
    """

    stub:
    """
    touch nk_view.parquet versions.yml
    """
}
