// Finds AND, OR and NOT gates of one indication, chosen on some patients and judged on others.
process DECIDE_GATES {
    tag "${meta.id}"
    label 'process_medium'

    input:
    tuple val(meta), path(targets), path(indication)
    path bundle
    path cohorts
    path own, stageAs: 'own/*'
    path rules

    output:
    tuple val(meta.id), path('gates.parquet'), emit: gates
    path 'versions.yml', emit: versions

    script:
    def folders = (own instanceof List ? own : [own]).collect { folder -> "--own ${folder}" }.join(' ')
    """
    targetfinder --versions versions.yml decide gates \\
        --indication ${indication} --targets ${targets} --bundle ${bundle} --cohorts ${cohorts} \\
        ${folders} --rules ${rules} --out gates.parquet
    """

    stub:
    """
    touch gates.parquet versions.yml
    """
}
