// Segment's own Customer.io (Actions) destination, with its presets, sends events to a server.
//
// Reads one JSON object from standard input: {"port", "site_id", "api_key", "sends": [[event, ...], ...],
// "delete": event}; each send of one event goes singly, each of several as one batch. First it tests the
// credentials, last it deletes a user. Prints one line of JSON: what each step came to.
// The destination knows one host only, so connections to that host are led to the server instead.
const http = require('http')
const https = require('https')
const { createRequire } = require('module')
const load = createRequire(process.cwd() + '/')

const asked = JSON.parse(require('fs').readFileSync(0, 'utf8'))
const request = https.request
https.request = (options, ...rest) => {
  if ((options.hostname || options.host) !== 'track.customer.io') return request(options, ...rest)
  const led = { ...options, protocol: 'http:', hostname: '127.0.0.1', host: '127.0.0.1', port: asked.port }
  return http.request({ ...led, agent: undefined }, ...rest)
}

const { Destination } = load('@segment/actions-core')
const definition = load('@segment/action-destinations/dist/destinations/customerio').default

async function told(step) {
  try {
    return await step()
  } catch (error) {
    return error.response ? error.response.status : String(error)
  }
}

function statusesOf(results) {
  const found = []
  for (const result of results) {
    if (result.multistatus) found.push(...result.multistatus.filter(Boolean).map((item) => item.status))
  }
  return found
}

async function main() {
  const destination = new Destination(definition)
  const settings = {
    siteId: asked.site_id,
    apiKey: asked.api_key,
    accountRegion: 'US 🇺🇸',
    subscriptions: definition.presets.filter((preset) => preset.type === 'automatic')
  }
  const steps = [await told(async () => { await destination.testAuthentication(settings); return 200 })]
  for (const send of asked.sends) {
    steps.push(await told(async () => {
      if (send.length > 1) return statusesOf(await destination.onBatch(send, settings))
      await destination.onEvent(send[0], settings)
      return 200
    }))
  }
  steps.push(await told(async () => { await destination.onDelete(asked.delete, settings); return 200 }))
  process.stdout.write(JSON.stringify(steps) + '\n')
}

main()
