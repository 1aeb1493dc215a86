// Finds the normal cell types that carry each gene, donor by donor.
process EVIDENCE_OFF_TARGET {
    tag "${meta.id}"
    label 'process_medium'

    input:
    val meta
    path bundle
    path rules

    output:
    path 'off_target.parquet', emit: cells
    path 'versions.yml', emit: versions

    script:
    """
    targetfinder --versions versions.yml evidence off_target \\
        --bundle ${bundle} --rules ${rules} --out off_target.parquet
    """

    stub:
    """
    touch off_target.parquet versions.yml
    """
}
