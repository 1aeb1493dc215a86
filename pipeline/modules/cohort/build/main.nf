// Brings the shipped cohorts into the common shape, with a verdict on each.
process COHORT_BUILD {
    tag "${meta.id}"
    label 'process_medium'

    input:
    val meta
    path registry, stageAs: 'references/*'
    path store

    output:
    path 'cohorts', emit: cohorts
    path 'versions.yml', emit: versions

    script:
    """
    targetfinder --versions versions.yml cohort build \\
        --references references --set '${meta.set}' --store ${store} \\
        --level ${meta.level} --out cohorts
    """

    stub:
    """
    mkdir cohorts
    touch cohorts/cohorts.parquet versions.yml
    """
}
