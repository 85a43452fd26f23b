// Segment's own Webhooks (Actions) destination sends events to a URL, signed as at Segment.
//
// Reads one JSON object from standard input: {"url", "secret", "headers", "sends": [[event, ...], ...]};
// each send of one event goes singly, each of several as one batch. A send may also be
// {"batch": [event]} to make a batch of one. Prints one line of JSON: the status that each send got.
// The packages are found from the working directory.
const { createRequire } = require('module')
const load = createRequire(process.cwd() + '/')
const { Destination } = load('@segment/actions-core')
const definition = load('@segment/action-destinations/dist/destinations/webhook').default

async function main() {
  const { url, secret, headers, sends } = JSON.parse(require('fs').readFileSync(0, 'utf8'))
  const destination = new Destination(definition)
  const settings = {
    sharedSecret: secret,
    subscription: {
      name: 'all',
      subscribe: 'type = "track" or type = "identify" or type = "page" or type = "screen" or type = "group" or type = "alias"',
      partnerAction: 'send',
      mapping: { url, method: 'POST', headers, data: { '@path': '$.' } }
    }
  }
  const answers = []
  for (const send of sends) {
    const batch = Array.isArray(send) ? send : send.batch
    try {
      if (Array.isArray(send) && send.length === 1) {
        await destination.onEvent(send[0], settings)
        answers.push(200)
      } else {
        const results = await destination.onBatch(batch, settings)
        answers.push(results[0].multistatus[0].status)
      }
    } catch (error) {
      answers.push(error.response ? error.response.status : error.message)
    }
  }
  process.stdout.write(JSON.stringify(answers) + '\n')
}

main()
