// Brings the sources of the reference set into the store, once. A wrong checksum never enters it.
process REFERENCE_FETCH {
    tag "${meta.id}"
    label 'process_single'
    label 'process_fetch'

    input:
    val meta // folder of sources.toml, set, store, files: paths, not staged: what is local is read where it is

    output:
    path 'store', emit: store

    script:
    def mirror = meta.mirror ? "--mirror '${meta.mirror}'" : ''
    """
    targetfinder reference fetch --references '${meta.folder}' --set '${meta.set}' --store '${meta.store}' ${mirror}
    mkdir store
    for file in ${meta.files.join(' ')} sources.lock.json; do
        [ ! -e '${meta.store}'/\$file ] || ln -s "\$(readlink -f '${meta.store}'/\$file)" store/
    done
    """

    stub:
    """
    mkdir store
    """
}
