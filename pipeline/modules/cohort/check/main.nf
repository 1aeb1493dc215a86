// Judges every cohort against every atlas, and joins shipped and own cohorts.
process COHORT_CHECK {
    tag "${meta.id}"
    label 'process_medium'

    input:
    val meta
    path shipped, stageAs: 'shipped'
    path own, stageAs: 'own/*'
    path problems, stageAs: 'problems/*'
    path bundle

    output:
    path 'cohorts', emit: cohorts
    path 'compatibility.parquet', emit: compatibility
    path 'versions.yml', emit: versions

    script:
    def lists = [own, problems].collect { list -> list instanceof List ? list : [list] }
    def folders = lists[0].collect { folder -> "--own ${folder}" }.join(' ')
    def files = lists[1].collect { file -> "--problems ${file}" }.join(' ')
    """
    targetfinder --versions versions.yml cohort check \\
        --shipped ${shipped} --bundle ${bundle} --out cohorts ${folders} ${files}
    ln -s cohorts/compatibility.parquet compatibility.parquet
    """

    stub:
    """
    mkdir cohorts
    touch cohorts/cohorts.parquet compatibility.parquet versions.yml
    """
}
