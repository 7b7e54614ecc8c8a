import express, { type Express } from 'express'
import { type Answer, answering, formAnswer } from './answers.js'
import { sendCpuProfile } from './cpu-profile-file.js'
import { askForProfile } from './cpu-profile-forms.js'
import type { DashboardOptions } from './dashboard-options.js'
import { pageContext } from './page-context.js'
import { speedscope } from './speedscope.js'

/** CPU profiles as files, what shows these, and how one is asked for. */
export function addCpuProfileRoutes(app: Express, options: DashboardOptions): void {
  const file: Answer = async (req, res) => sendCpuProfile(await pageContext(options, req, res), res)
  app.use('/speedscope', speedscope(options.projectRoot))
  app.get('/requests/:id/cpu-profile.cpuprofile', answering(options, file))
  const form = express.urlencoded({ extended: false, limit: '8kb' })
  app.post('/cpu-profiles', form, answering(options, formAnswer(options, askForProfile)))
}
