// Writes the offline page of the benchmark.
process REPORT_BENCHMARK {
    tag "${meta.id}"
    label 'process_single'

    input:
    val meta
    path tables, stageAs: 'tables/*'

    output:
    path 'benchmark.html', emit: page
    path 'versions.yml', emit: versions

    script:
    """
    targetfinder --versions versions.yml report benchmark --benchmark tables --out benchmark.html
    """

    stub:
    """
    touch benchmark.html versions.yml
    """
}
