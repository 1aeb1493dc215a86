// Grades the evidence that each protein is on the cell surface.
process EVIDENCE_SURFACE {
    tag "${meta.id}"
    label 'process_single'

    input:
    val meta
    path bundle
    path voters
    path scoring

    output:
    path 'surface.parquet', emit: evidence
    path 'versions.yml', emit: versions

    script:
    """
    targetfinder --versions versions.yml evidence surface \\
        --bundle ${bundle} --voters ${voters} --scoring ${scoring} --out surface.parquet
    """

    stub:
    """
    touch surface.parquet versions.yml
    """
}
