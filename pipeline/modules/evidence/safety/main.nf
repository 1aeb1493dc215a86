// Finds every normal tissue and cell type that crosses a safety rule.
process EVIDENCE_SAFETY {
    tag "${meta.id}"
    label 'process_medium'

    input:
    tuple val(meta), path(indication)
    path bundle
    path cohorts
    path surface
    path off_target
    path rules
    path waivers // or nothing

    output:
    tuple val(meta.id), path('safety.parquet'), emit: findings
    path 'versions.yml', emit: versions

    script:
    def own = waivers ? "--waivers ${waivers}" : ''
    """
    targetfinder --versions versions.yml evidence safety \\
        --indication ${indication} --bundle ${bundle} --cohorts ${cohorts} \\
        --surface ${surface} --off-target ${off_target} --rules ${rules} ${own} --out safety.parquet
    """

    stub:
    """
    touch safety.parquet versions.yml
    """
}
