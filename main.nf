#!/usr/bin/env nextflow
/*
 * targetfinder: rank surface antigens for CAR therapies. For research use only.
 * Parameters are checked by `targetfinder run plan` before any work starts; it also says what the run will do.
 */
nextflow.enable.dsl = 2

import groovy.json.JsonOutput
import groovy.json.JsonSlurper

include { TARGETFINDER } from './pipeline/workflow.nf'

def planned() {
    def command = ["${projectDir}/bin/targetfinder", 'run', 'plan', '--project', "${projectDir}", '--parameters', JsonOutput.toJson(params)]
    def answer = new StringBuffer()
    def complaint = new StringBuffer()
    def process = command*.toString().execute()
    process.waitForProcessOutput(answer, complaint)
    if (process.exitValue() != 0) {
        error(complaint.toString().trim())
    }
    return new JsonSlurper().parseText(answer.toString())
}

workflow {
    def plan = planned()
    def record = file("${params.outdir}/pipeline_info/parameters.json")
    record.parent.mkdirs()
    record.text = JsonOutput.prettyPrint(JsonOutput.toJson(plan))
    TARGETFINDER(plan)
}

workflow.onComplete {
    def outdir = file(params.outdir)
    if (workflow.success) {
        def summary = outdir / 'summary.txt'
        println(summary.exists() ? "\n${summary.text}" : '')
        println("Report: ${outdir.toAbsolutePath()}/index.html\nFor research use only.")
    }
}
