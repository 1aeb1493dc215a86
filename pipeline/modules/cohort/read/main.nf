// Reads one cohort of the samplesheet. What is wrong with its files is told by COHORT_CHECK, for all cohorts at once.
process COHORT_READ {
    tag "${meta.id}"
    label 'process_medium'

    input:
    val meta
    path bundle
    path registry, stageAs: 'references/*'
    path store

    output:
    path "${meta.id}", optional: true, emit: cohort
    path "${meta.id}.problems.txt", optional: true, emit: problems
    path 'versions.yml', emit: versions

    script:
    """
    targetfinder --versions versions.yml cohort read \\
        --sheet '${meta.sheet}' --schema ${projectDir}/pipeline/assets/schema_input.json --cohort ${meta.id} \\
        --bundle ${bundle} --references references --set '${meta.set}' --store ${store} --level ${meta.level} \\
        --problems ${meta.id}.problems.txt --out ${meta.id}
    """

    stub:
    """
    mkdir ${meta.id}
    touch ${meta.id}/about.parquet versions.yml
    """
}
