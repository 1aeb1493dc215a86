// Draws the heat map of the first targets across normal tissues.
process REPORT_FIGURES {
    tag "${meta.id}"
    label 'process_single'

    input:
    tuple val(meta), path(results)
    path bundle

    output:
    tuple val(meta.id), path('figures/heat_map.png'), emit: heat_map
    path 'figures/heat_map.svg', emit: vector
    path 'versions.yml', emit: versions

    script:
    """
    targetfinder --versions versions.yml report figures \\
        --targets targets.parquet --evidence evidence.parquet --bundle ${bundle} --out figures
    """

    stub:
    """
    mkdir figures
    touch figures/heat_map.png figures/heat_map.svg versions.yml
    """
}
