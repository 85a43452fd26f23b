// The snippet. It keeps an anonymous id in a cookie and posts what the page tells it to the adapter
// that it was loaded from; the README's "Snippet" says how to use it. Browsers get it without the
// lines that are only comments (web/assets.py).
//
// It never throws into the page. What it was told waits in localStorage, in order, until the server
// has answered, so it survives reloads and a server that is away. Every message keeps its own
// messageId, so what is sent twice is stored once (L1).
;(function () {
  'use strict'

  const MOST_MESSAGES = 100 // that wait; beyond, the oldest is lost
  const MOST_CHARACTERS = 200000 // of all that wait
  const MOST_BYTES = 32000 // of one message, as the door allows
  const MOST_BYTES_AT_ONCE = 60000 // browsers let a page that is leaving send 64 KB
  const LONGEST_KEPT = 72 * 3600e3 // ms; an older event may trigger nothing (C2)
  const LONGEST_WAIT = 300e3 // ms between two tries

  const stub = window._cio
  if (stub && stub.push && stub.push !== Array.prototype.push) return // it is loaded already

  const tag = document.currentScript || document.getElementById('cio-tracker')
  const given = (tag && tag.dataset) || {}
  let site = given.siteId
  let host = given.host || ((tag && tag.src) || '').replace(/\/assets\/[^/]*$/, '')
  let namespace = given.cookieNamespace || '_cio'

  const uuid = () =>
    '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, (digit) =>
      (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16)
    )
  const warn = (...words) => console.warn('_cio:', ...words)

  // Cookies, on the widest domain that takes them; in memory where none does.

  const memory = {}
  let domain

  const read = (name) => {
    if (domain === undefined) return memory[name]
    const found = document.cookie.split('; ').find((cookie) => cookie.startsWith(name + '='))
    const value = found && found.slice(name.length + 1)
    try {
      return value && decodeURIComponent(value)
    } catch (error) {
      return value
    }
  }

  const write = (name, value, days) => {
    memory[name] = value
    if (domain === undefined) return
    // Verbatim but for what a cookie cannot hold.
    const text = value.replace(/[^!#$&-+\--:<-~]/gu, encodeURIComponent)
    document.cookie = `${name}=${text}; Path=/; Max-Age=${days * 86400}; SameSite=Lax${domain}`
  }

  const findDomain = () => {
    const labels = location.hostname.split('.')
    try {
      // Public suffixes refuse cookies, so the first that takes one is the registrable domain.
      for (let first = labels.length - 1; first >= -1; first--) {
        domain = first < 0 ? '' : '; Domain=' + labels.slice(first).join('.')
        write(namespace + 'probe', '1', 1)
        if (read(namespace + 'probe')) return write(namespace + 'probe', '', 0)
      }
    } catch (error) {} // blocked
    domain = undefined
  }

  const segmentId = () => (read('ajs_anonymous_id') || '').replace(/^"(.*)"$|^null$/, '$1')

  const anonymousId = () => {
    const id = segmentId() || read(namespace + 'anonid') || uuid()
    write(namespace + 'anonid', id, 365)
    return id
  }

  const person = () => read(namespace + 'id')

  // The queue: an entry of its own for each message, by time, shared by all pages of this origin.
  // One entry for all would be overwritten by a page that learns late what another has put there.

  const inMemory = {} // what localStorage would not take
  let count = 1e6
  const prefix = () => `${namespace}queue.${site}.`

  const forEachStore = (work) => {
    try {
      work(localStorage)
    } catch (error) {} // blocked, or full
    work(inMemory)
  }

  const waiting = () => {
    const found = []
    forEachStore((store) => {
      for (const key of Object.keys(store)) {
        if (!key.startsWith(prefix())) continue
        const text = store[key]
        if (Date.now() - parseInt(key.slice(prefix().length)) < LONGEST_KEPT) found.push({ key, text })
        else delete store[key]
      }
    })
    return found.sort((one, other) => (one.key < other.key ? -1 : 1))
  }

  const messageOf = ({ text }) => {
    try {
      return JSON.parse(text)
    } catch (error) {} // no entry of ours
  }

  const messages = () =>
    waiting()
      .map(messageOf)
      .filter((message) => message && message.messageId)

  const remove = (entries) =>
    entries.forEach(({ key }) => forEachStore((store) => delete store[key]))

  const keep = (message) => {
    const key = prefix() + [Date.now(), count++, message.messageId].join('.')
    const text = JSON.stringify(message)
    try {
      localStorage.setItem(key, text)
    } catch (error) {
      inMemory[key] = text
    }
    const list = waiting()
    let size = list.reduce((sum, entry) => sum + entry.text.length, 0)
    while (size > MOST_CHARACTERS || list.length > MOST_MESSAGES) {
      const lost = list.shift()
      size -= lost.text.length
      remove([lost])
      tell('lost', [messageOf(lost)])
    }
  }

  const idsOf = (batch) => batch.map((message) => message.messageId)
  const forget = (batch) =>
    remove(waiting().filter(({ key }) => idsOf(batch).some((id) => key.endsWith(id))))

  const bytes = (value) => new Blob([JSON.stringify(value)]).size

  const portion = (messages) => {
    let room = MOST_BYTES_AT_ONCE
    return messages.filter((message) => (room -= bytes(message)) > 0)
  }

  // Sending: one request at a time, so that order holds; of several pages, one at a time.

  const unsent = new Set() // messages of this page that are not under way
  let busy
  let timer
  let failures = 0
  let notBefore = 0 // the server asked to be left alone until then

  const url = () => host + '/v1/b'
  // Text, with the key inside: so a browser need not ask for leave first (no CORS preflight).
  const body = (batch) => JSON.stringify({ batch, sentAt: new Date().toISOString(), writeKey: site })

  const post = async () => {
    const batch = portion(messages())
    if (!batch.length) return unsent.clear()
    idsOf(batch).forEach((id) => unsent.delete(id))
    let status
    let after
    try {
      const options = { method: 'POST', body: body(batch), keepalive: true, credentials: 'omit' }
      const answer = await fetch(url(), options)
      status = answer.status
      after = answer.headers.get('Retry-After')
    } catch (error) {
      status = 0
    }
    if (status && status < 500 && status !== 429 && status !== 408) {
      failures = 0
      forget(batch)
      tell(status < 300 ? 'sent' : 'refused', batch, status)
      return post()
    }
    // Where nobody answered, a page that is being left need not try again.
    if (status) idsOf(batch).forEach((id) => unsent.add(id))
    tell('delayed', batch, status)
    const asked = after && (after > 0 ? after * 1000 : Date.parse(after) - Date.now())
    if (asked > 0) notBefore = Date.now() + Math.min(asked, LONGEST_WAIT)
    const wait = Math.min(1000 * 2 ** failures++, LONGEST_WAIT) * (0.5 + Math.random() / 2)
    timer = setTimeout(retry, Math.max(wait, notBefore - Date.now()))
  }

  const drain = () => {
    if (busy || timer) return
    busy = true
    Promise.resolve()
      .then(() => navigator.locks.request(prefix(), post))
      .catch(post) // some kinds of page have no locks
      .catch((error) => {
        warn(error)
        unsent.clear()
      })
      .then(() => {
        busy = false
        if (unsent.size) drain()
      })
  }

  const retry = () => {
    clearTimeout(timer)
    timer = 0
    drain()
  }

  const leave = () => {
    if (Date.now() < notBefore) return
    const batch = portion(messages().filter((message) => unsent.has(message.messageId)))
    // They go on waiting: that a beacon has left does not say that it arrives.
    if (batch.length && navigator.sendBeacon(url(), body(batch))) {
      idsOf(batch).forEach((id) => unsent.delete(id))
    }
  }

  const here = () => ({
    path: location.pathname,
    search: location.search,
    title: document.title,
    referrer: document.referrer
  })

  const send = (type, fields, options) => {
    if (!site) return warn('no site id: give the script tag data-site-id')
    const message = {
      type,
      messageId: uuid(),
      timestamp: new Date().toISOString(),
      ...fields,
      context: {
        library: { name: 'track.js', version: '1' },
        page: { ...here(), url: location.href },
        locale: navigator.language,
        userAgent: navigator.userAgent
      },
      ...options
    }
    if (bytes(message) > MOST_BYTES) return tell('refused', [message], 'over 32 KB')
    keep(message)
    unsent.add(message.messageId)
    drain()
  }

  // Whoever is known is named; a stranger is their anonymous id (K1, K2).
  const subject = () => (person() ? { userId: person() } : { anonymousId: anonymousId() })

  // What a page may call.

  const listeners = {}

  const tell = (name, messages, status) => {
    if (name === 'refused') warn('refused', status, messages)
    for (const listener of listeners[name] || []) {
      try {
        listener(messages, status)
      } catch (error) {
        console.error(error)
      }
    }
  }

  const identify = (attributes, options) => {
    const { id, ...traits } = attributes
    const named = [id, traits.email].find((value) => value || value === 0)
    if (!/^[sn]/.test(typeof named)) return warn('identify needs an id: a string or a number')
    const userId = String(named)
    write(namespace + 'id', userId, 365)
    send('identify', { userId, anonymousId: anonymousId(), traits }, options)
  }

  const calls = {
    identify,
    sidentify: identify,

    track(event, properties, options) {
      send('track', { event, properties, ...subject() }, options)
    },

    // The door's mapping names a page by its url, so the name stands there; path and search stay.
    page(name, properties, options) {
      const seen = { ...here(), ...properties, url: name || location.href }
      send('page', { properties: seen, ...subject() }, options)
    },

    // An anonymous id is assigned once, so whoever comes next needs another. Segment's library gives
    // the one it has chosen; where nobody gives one, that library is told ours.
    reset(chosen) {
      const id = chosen || uuid()
      write(namespace + 'id', '', 0)
      write(namespace, '', 0)
      write(namespace + 'anonid', id, 365)
      if (chosen || !segmentId()) return
      const { analytics } = window
      if (analytics && analytics.setAnonymousId) analytics.setAnonymousId(id)
      else write('ajs_anonymous_id', id, 365)
    },

    load(siteId, options) {
      site = siteId || site
      host = (options && options.host) || host
      namespace = (options && options.cookieNamespace) || namespace
      if (replayed) start()
    },

    on(name, listener) {
      listeners[name] = [...(listeners[name] || []), listener]
    },

    off(name, listener) {
      listeners[name] = (listeners[name] || []).filter((other) => other !== listener)
    },

    _findCustomer: person,

    push(...queued) {
      queued.forEach(([name, ...words]) => calls[name](...words))
    }
  }

  const guarded = (work) =>
    function (...words) {
      try {
        return work(...words)
      } catch (error) {
        warn(error)
      }
    }
  const api = {}
  Object.keys(calls).forEach((name) => (api[name] = guarded(calls[name])))

  let started
  let replayed
  const start = guarded(() => {
    if (started || !site) return
    started = true
    anonymousId()
    write(namespace, read(namespace) || uuid(), 1)
    if (given.autoTrackPage !== 'false') calls.page()
    drain()
  })

  guarded(findDomain)()
  window._cio = api
  // What was called before comes first: a person who is identified there has seen this page.
  ;(Array.isArray(stub) ? stub : []).forEach((call) => api.push(call))
  replayed = true
  start()
  addEventListener('online', () => timer && Date.now() > notBefore && guarded(retry)())
  addEventListener('pagehide', guarded(leave))
  document.addEventListener('visibilitychange', () => document.hidden && guarded(leave)())
})()
