// Writes the offline report of one indication.
process REPORT_PAGE {
    tag "${meta.id}"
    label 'process_medium'

    input:
    tuple val(meta), path(results), path(nk_view), path(heat_map), path(indication), path(gates), path(extras) // extras: not of every indication
    path bundle
    path cohorts
    path scoring
    path rules

    output:
    tuple val(meta.id), path('report.html'), emit: page
    path 'versions.yml', emit: versions

    script:
    def names = (extras instanceof List ? extras : [extras])*.name
    def more = ['patients', 'coverage'].findAll { name -> "${name}.parquet" in names }.collect { name -> "--${name} ${name}.parquet" }.join(' ')
    def escape = 'escape.parquet' in names ? '--escape .' : ''
    """
    targetfinder --versions versions.yml report page \\
        --indication ${indication} --results . --bundle ${bundle} --cohorts ${cohorts} --heat-map ${heat_map} \\
        --nk-view ${nk_view} --scoring ${scoring} --rules ${rules} --gates ${gates} --out report.html ${more} ${escape}
    """

    stub:
    """
    touch report.html versions.yml
    """
}
