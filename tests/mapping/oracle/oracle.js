// Answers as Segment's own published packages do, one JSON value a line in and out, in order.
//
//   {"fql": "...", "payload": ...}      -> {"ok": true, "match": true}
//   {"mapping": ..., "payload": ...}    -> {"ok": true, "output": ...}
//   {"call": {...}}                     -> {"ok": true, "requests": [{"path", "body"}, ...]}
//   whatever they refuse                -> {"ok": false, "error": "..."}
//
// Started in a folder where the packages are installed; nothing is sent anywhere.

'use strict'
const readline = require('readline')
const { createRequire } = require('module')

const load = createRequire(process.cwd() + '/')
const { transform } = load('@segment/actions-core')
const { parseFql, validate } = load('@segment/destination-subscriptions')

const requests = []
const clock = Date.now

function destination() {
  const core = load('@segment/actions-core')
  const { default: definition } = load(
    '@segment/action-destinations/dist/destinations/customerio/index.js'
  )
  const settings = {
    siteId: 'site',
    apiKey: 'key',
    accountRegion: definition.authentication.fields.accountRegion.default
  }
  const presets = definition.presets.filter((preset) => preset.subscribe)
  const keep = (name) =>
    async (_request, data) =>
      definition.actions[name].perform(async (url, options) => {
        const body = JSON.parse(JSON.stringify(options.json))
        // Segment's own clock stands in for a missing time; ours is not asked.
        if (url.endsWith('/metrics') && Math.abs(body.timestamp - clock() / 1000) < 60) delete body.timestamp
        requests.push({ path: new URL(url).pathname, body })
        return {}
      }, data)
  const actions = {}
  for (const [name, action] of Object.entries(definition.actions)) {
    actions[name] = { ...action, perform: keep(name) }
  }
  const running = new core.Destination({ ...definition, actions })
  return async (call) => {
    requests.length = 0
    for (const preset of presets) {
      const subscription = { ...preset, mapping: JSON.parse(JSON.stringify(preset.mapping)) }
      try {
        await running.onSubscription(subscription, call, settings)
      } catch (error) {
        // A field is missing or does not fit: this preset sends nothing.
      }
    }
    return [...requests]
  }
}

let send
async function answer(question) {
  if ('fql' in question) {
    const parsed = parseFql(question.fql)
    if (parsed.error) throw parsed.error
    return { match: validate(parsed, question.payload) }
  }
  if ('call' in question) {
    send = send || destination()
    return { requests: await send(question.call) }
  }
  return { output: transform(question.mapping, question.payload) }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let reply
    try {
      reply = { ok: true, ...(await answer(JSON.parse(line))) }
    } catch (error) {
      reply = { ok: false, error: String(error && error.message) }
    }
    process.stdout.write(JSON.stringify(reply) + '\n')
  }
}

main()
