// Downloads one pinned source into the store, once. A wrong checksum never enters it.
process REFERENCE_FETCH {
    tag "${meta.id}"
    label 'process_single'
    label 'process_fetch'
    storeDir workflow.stubRun ? null : params.store

    input:
    val meta
    val references // a path, not staged: a local source is read where it is

    output:
    path "${meta.file}", emit: source

    script:
    """
    targetfinder reference fetch --references '${references}' --store . --source '${meta.id}'
    """

    stub:
    """
    touch ${meta.file}
    """
}
