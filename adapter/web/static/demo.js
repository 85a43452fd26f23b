// The demo page: its buttons call the snippet and Segment's library, its tables show the cookies and
// what was sent.
;(function () {
  'use strict'

  const COOKIES = ['_cioanonid', '_cioid', '_cio', 'ajs_anonymous_id', 'ajs_user_id']
  const ANSWERS = {
    sent: 'stored',
    refused: 'refused',
    delayed: 'will be tried again',
    lost: 'too much waited'
  }

  const cio = (window._cio = window._cio || [])
  const say = (...call) => window._cio.push(call)
  const get = (id) => document.getElementById(id)

  const calls = {
    page: () => say('page', 'Pricing', { plan: 'pro' }),
    track: () => say('track', 'Viewed Pricing', { plan: 'pro' }),
    first: () => say('identify', { id: 'ada@example.com', name: 'Ada' }),
    second: () => say('identify', { id: 'bob@example.com', name: 'Bob' }),
    reset: () => say('reset')
  }

  // Segment's own way to a server is off: what it hears goes to the plugin alone.
  const withSegment = (library, tag) => {
    const writeKey = tag.dataset.writeKey
    const analytics = (window.analytics = library.AnalyticsBrowser.load(
      { writeKey, cdnSettings: { integrations: {} } },
      { integrations: { 'Segment.io': false } }
    ))
    return {
      page: () => analytics.page('Pricing', { plan: 'pro' }),
      track: () => analytics.track('Viewed Pricing', { plan: 'pro' }),
      first: () => analytics.identify('ada@example.com', { name: 'Ada' }),
      second: () => analytics.identify('bob@example.com', { name: 'Bob' }),
      reset: () => analytics.reset()
    }
  }

  const cells = (...texts) => {
    const row = document.createElement('tr')
    for (const text of texts) row.insertCell().textContent = text
    return row
  }

  const showCookies = () => {
    const kept = document.cookie.split('; ').map((text) => text.split('='))
    const shown = kept.filter(([name]) => COOKIES.includes(name))
    get('cookies').replaceChildren(
      ...shown.map(([name, value]) => cells(name, decodeURIComponent(value)))
    )
    const person = window._cio._findCustomer && window._cio._findCustomer()
    get('subject').textContent = person || 'A stranger'
  }

  const rows = {}

  const show = (name) => (messages, status) => {
    for (const message of messages) {
      const { type, event, properties, userId, anonymousId, messageId, timestamp } = message
      const what = { track: event, identify: userId }[type] || (properties && properties.url)
      const time = new Date(timestamp).toLocaleTimeString()
      const row = cells(time, type, what, userId || anonymousId, ANSWERS[name])
      row.lastChild.className = 'answer ' + name
      row.title = JSON.stringify(message, null, 1)
      row.dataset.answer = name
      if (rows[messageId]) rows[messageId].replaceWith(row)
      else get('log').prepend(row)
      rows[messageId] = row
    }
    showCookies()
  }

  for (const name of Object.keys(ANSWERS)) cio.push(['on', name, show(name)])

  const device = get('device-mode')
  const segmentCalls = device && window.AnalyticsNext ? withSegment(window.AnalyticsNext, device) : {}
  document.addEventListener('click', ({ target }) => {
    const call = calls[target.dataset.call] || segmentCalls[target.dataset.segment]
    if (call) call()
    setTimeout(showCookies, 50) // Segment's library takes a moment
  })
})()
