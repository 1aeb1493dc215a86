// Writes the page that links all reports, and the summary that the run prints.
process REPORT_INDEX {
    tag "${meta.id}"
    label 'process_single'

    input:
    val meta
    path indications, stageAs: 'indications/*'
    path targets, stageAs: 'targets/?/*'
    path cohorts
    path bundle

    output:
    path 'index.html', emit: index
    path 'summary.txt', emit: summary
    path 'versions.yml', emit: versions

    script:
    def files = [indications, targets].collect { list -> list instanceof List ? list : [list] }
    def pairs = files.transpose().collect { file, table -> "--indication ${file} --targets ${table}" }.join(' ')
    def linked = params.benchmark ? '--benchmark' : ''
    """
    targetfinder --versions versions.yml report index ${pairs} --cohorts ${cohorts} --bundle ${bundle} ${linked} --out .
    """

    stub:
    """
    touch index.html summary.txt versions.yml
    """
}
