// All rankings of the run against lists of known targets, with --benchmark.

include { BENCHMARK_RUN    } from '../modules/benchmark/run/main.nf'
include { REPORT_BENCHMARK } from '../modules/report/benchmark/main.nf'

workflow BENCHMARK {
    take:
    plan
    indications // [id, file]
    results // [id, [targets, evidence, safety]]
    bundle

    main:
    def scoring = file(params.scoring, checkIfExists: true)
    def lists = files("${plan.references.folder}/targets/*.tsv", checkIfExists: true)
    ordered = indications.join(results).toSortedList { a, b -> a[0] <=> b[0] }
    def named = { rows, name -> rows.collect { id, toml, tables -> tables.find { table -> table.name == name } } }

    BENCHMARK_RUN(
        [id: 'benchmark', code: plan.code.BENCHMARK_RUN], lists,
        ordered.map { rows -> rows.collect { row -> row[1] } },
        ordered.map { rows -> named(rows, 'targets.parquet') },
        ordered.map { rows -> named(rows, 'evidence.parquet') },
        ordered.map { rows -> named(rows, 'safety.parquet') },
        bundle, scoring,
    )

    REPORT_BENCHMARK([id: 'benchmark', code: plan.code.REPORT_BENCHMARK], BENCHMARK_RUN.out.tables)

    emit:
    page = REPORT_BENCHMARK.out.page
    versions = BENCHMARK_RUN.out.versions.mix(REPORT_BENCHMARK.out.versions)
}
