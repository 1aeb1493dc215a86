// Holds the rankings of all indications, and simple rules beside them, against lists of known targets.
process BENCHMARK_RUN {
    tag "${meta.id}"
    label 'process_medium'

    input:
    val meta
    path lists, stageAs: 'lists/*'
    path indications, stageAs: 'indications/*'
    path targets, stageAs: 'targets/?/*'
    path evidence, stageAs: 'evidence/?/*'
    path safety, stageAs: 'safety/?/*'
    path bundle
    path scoring

    output:
    path 'benchmark*.parquet', emit: tables
    path 'universe.tsv', emit: universe
    path 'versions.yml', emit: versions

    script:
    def files = [indications, targets, evidence, safety].collect { list -> list instanceof List ? list : [list] }
    def each = files.transpose().collect { toml, ranked, records, found ->
        "--indication ${toml} --targets ${ranked} --evidence ${records} --safety ${found}"
    }.join(' ')
    """
    targetfinder --versions versions.yml benchmark run \\
        --lists lists ${each} --bundle ${bundle} --scoring ${scoring} --out .
    """

    stub:
    """
    touch benchmark.parquet benchmark_{methods,differences,positives}.parquet universe.tsv versions.yml
    """
}
