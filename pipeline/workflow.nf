// The whole way on one screen: references and cohorts -> evidence -> decision -> report.

include { REFERENCES      } from './subworkflows/references.nf'
include { EVIDENCE        } from './subworkflows/evidence.nf'
include { DECIDE_RANK     } from './modules/decide/rank/main.nf'
include { DECIDE_QUERY    } from './modules/decide/query/main.nf'
include { DECIDE_GATES    } from './modules/decide/gates/main.nf'
include { DECIDE_COVERAGE } from './modules/decide/coverage/main.nf'
include { DECIDE_ESCAPE   } from './modules/decide/escape/main.nf'
include { BENCHMARK       } from './subworkflows/benchmark.nf'
include { REPORT          } from './subworkflows/report.nf'

workflow TARGETFINDER {
    take:
    plan // what `targetfinder run plan` said: indications, sources, digests of code

    main:
    def scoring = file(params.scoring, checkIfExists: true)
    indications = channel.fromList(plan.indications.collect { entry -> [entry.id, file(entry.file)] })

    REFERENCES(plan)
    EVIDENCE(plan, indications, REFERENCES.out.bundle, REFERENCES.out.cohorts)
    DECIDE_RANK(
        EVIDENCE.out.tables.map { id, evidence, findings -> [[id: id, code: plan.code.DECIDE_RANK, mode: params.mode], evidence, findings] },
        EVIDENCE.out.off_target, REFERENCES.out.bundle, scoring,
    )
    DECIDE_QUERY(
        DECIDE_RANK.out.results.join(indications)
            .filter { id, tables, toml -> id in plan.queries }
            .map { id, tables, toml -> [[id: id, code: plan.code.DECIDE_QUERY], tables, toml] },
        REFERENCES.out.cohorts, scoring,
    )
    DECIDE_GATES(
        DECIDE_RANK.out.targets.join(indications)
            .map { id, targets, toml -> [[id: id, code: plan.code.DECIDE_GATES], targets, toml] },
        REFERENCES.out.bundle, REFERENCES.out.cohorts, REFERENCES.out.own_cohorts,
        file("${plan.references.folder}/safety.toml", checkIfExists: true),
    )
    DECIDE_COVERAGE(
        DECIDE_RANK.out.targets.join(indications)
            .filter { id, table, toml -> id in plan.individuals }
            .map { id, table, toml -> [[id: id, code: plan.code.DECIDE_COVERAGE, goal: params.coverage_goal], table, toml] },
        REFERENCES.out.cohorts,
    )
    def clinical = params.clinical ? [file(params.clinical, checkIfExists: true)] : []
    DECIDE_ESCAPE(
        DECIDE_RANK.out.targets.join(indications)
            .filter { id, table, toml -> id in plan.escapes }
            .map { id, table, toml -> [[id: id, code: plan.code.DECIDE_ESCAPE], table, toml, clinical] },
        REFERENCES.out.cohorts, REFERENCES.out.bundle, scoring,
    )
    benchmarked = channel.empty()
    if (params.benchmark) {
        BENCHMARK(plan, indications, DECIDE_RANK.out.results, REFERENCES.out.bundle)
        benchmarked = BENCHMARK.out.versions
    }
    extras = DECIDE_QUERY.out.patients.mix(DECIDE_COVERAGE.out.coverage, DECIDE_ESCAPE.out.escape)
    REPORT(
        plan, indications, DECIDE_RANK.out.results, DECIDE_RANK.out.targets, EVIDENCE.out.nk_view, DECIDE_GATES.out.gates, extras,
        REFERENCES.out.bundle, REFERENCES.out.cohorts,
    )

    REFERENCES.out.versions
        .mix(EVIDENCE.out.versions, DECIDE_RANK.out.versions.first(), DECIDE_QUERY.out.versions.first(), DECIDE_GATES.out.versions.first())
        .mix(DECIDE_COVERAGE.out.versions.first(), DECIDE_ESCAPE.out.versions.first(), benchmarked, REPORT.out.versions)
        .collectFile(name: 'versions.yml', storeDir: "${params.outdir}/pipeline_info", sort: { file -> file.text })
}
