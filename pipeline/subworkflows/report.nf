// Tables, figures and the offline page of each indication, and one index.

include { REPORT_TABLES  } from '../modules/report/tables/main.nf'
include { REPORT_FIGURES } from '../modules/report/figures/main.nf'
include { REPORT_PAGE    } from '../modules/report/page/main.nf'
include { REPORT_INDEX   } from '../modules/report/index/main.nf'

workflow REPORT {
    take:
    plan
    indications // [id, file]
    results // [id, [targets, evidence, safety]]
    targets // [id, targets]
    nk_view // [id, nk_view]
    gates // [id, gates.parquet]
    extras // [id, files] of decisions that not every indication has: patients, coverage
    bundle
    cohorts

    main:
    def scoring = file(params.scoring, checkIfExists: true)
    def rules = file("${plan.references.folder}/safety.toml", checkIfExists: true)

    REPORT_TABLES(targets.map { id, table -> [[id: id, code: plan.code.REPORT_TABLES], table] })
    REPORT_FIGURES(results.map { id, tables -> [[id: id, code: plan.code.REPORT_FIGURES], tables] }, bundle)
    REPORT_PAGE(
        results.join(nk_view).join(REPORT_FIGURES.out.heat_map).join(indications).join(gates).join(extras.groupTuple(), remainder: true)
            .map { id, tables, nk, heat_map, toml, found, more ->
                [[id: id, code: plan.code.REPORT_PAGE], tables, nk, heat_map, toml, found, (more ?: []).flatten().sort { file -> file.name }]
            },
        bundle, cohorts, scoring, rules,
    )
    ordered = indications.join(targets).toSortedList { a, b -> a[0] <=> b[0] }
    REPORT_INDEX(
        [id: 'index', code: plan.code.REPORT_INDEX],
        ordered.map { rows -> rows.collect { row -> row[1] } },
        ordered.map { rows -> rows.collect { row -> row[2] } },
        cohorts,
        bundle,
    )

    emit:
    index = REPORT_INDEX.out.index
    versions = REPORT_TABLES.out.versions.first()
        .mix(REPORT_FIGURES.out.versions.first(), REPORT_PAGE.out.versions.first(), REPORT_INDEX.out.versions)
}
