// The vendors' clients for Node.js, unmodified, tell a server one short story each.
//
// Arguments: the client, the server's URL, write key, site id, API key. Every client views something as
// the stranger "visitor-CLIENT", identifies them as "person-CLIENT", and lets that person buy.
const [client, url, writeKey, siteId, apiKey] = process.argv.slice(2)
const { createRequire } = require('module')
const load = createRequire(process.cwd() + '/')
const stranger = `visitor-${client}`
const person = `person-${client}`

async function segment() {
  const { Analytics } = load('@segment/analytics-node')
  const analytics = new Analytics({ writeKey, host: url, flushAt: 1 })
  analytics.on('error', (error) => { throw new Error(error.reason || error.code) })
  analytics.track({ anonymousId: stranger, event: 'Viewed' })
  await analytics.flush()
  analytics.identify({ anonymousId: stranger, userId: person, traits: { plan: 'pro' } })
  await analytics.flush()
  analytics.track({ userId: person, event: 'Bought' })
  await analytics.closeAndFlush()
}

// Customer.io's library for its Pipelines, made of an older one of Segment's.
async function pipelines() {
  const { Analytics } = load('@customerio/cdp-analytics-node')
  const analytics = new Analytics({ writeKey, host: url, maxEventsInBatch: 1 })
  const sent = (method, message) => new Promise((done, failed) =>
    analytics[method](message, (error) => (error ? failed(error) : done())))
  await sent('track', { anonymousId: stranger, event: 'Viewed' })
  await sent('identify', { anonymousId: stranger, userId: person, traits: { plan: 'pro' } })
  await sent('track', { userId: person, event: 'Bought' })
  await analytics.closeAndFlush()
}

async function rudderstack() {
  const Rudder = load('@rudderstack/rudder-sdk-node')
  const sdk = new (Rudder.default || Rudder)(writeKey, { dataPlaneUrl: url, flushAt: 1, gzip: true })
  const sent = (method, message) => new Promise((done, failed) =>
    sdk[method](message, (error) => (error ? failed(error) : done())))
  await sent('track', { anonymousId: stranger, event: 'Viewed' })
  await sent('identify', { anonymousId: stranger, userId: person, traits: { plan: 'pro' } })
  await sent('track', { userId: person, event: 'Bought' })
}

async function customerio(name) {
  const { TrackClient } = load(name)
  const cio = new TrackClient(siteId, apiKey, { url: `${url}/api/v1`, port: new URL(url).port })
  await cio.trackAnonymous(stranger, { name: 'Viewed' })
  await cio.identify(person, { anonymous_id: stranger, plan: 'pro' })
  await cio.track(person, { name: 'Bought' })
}

const clients = {
  'analytics-node': segment,
  'cdp-analytics-node': pipelines,
  'rudder-sdk-node': rudderstack,
  'customerio-node-4': () => customerio('customerio-node-4'),
  'customerio-node-5': () => customerio('customerio-node-5')
}

clients[client]().then(() => process.exit(0), (error) => {
  console.error(error)
  process.exit(1)
})
