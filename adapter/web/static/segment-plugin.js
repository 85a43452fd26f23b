// Device mode: a plugin by which Segment's analytics.js drives the snippet. Both then know a visitor by
// one anonymous id, and an event that also comes through Segment is stored once, because it keeps
// Segment's messageId here (L1). The README's "Snippet" says how to use it.
;(function () {
  'use strict'

  const tag = document.currentScript
  const tell = (...call) => (window._cio = window._cio || []).push(call)

  const loadSnippet = () => {
    const here = window._cio && window._cio.push !== Array.prototype.push
    if (here || document.getElementById('cio-tracker')) return
    const script = document.createElement('script')
    script.id = 'cio-tracker'
    script.async = true
    // Segment's page() tells of pages.
    Object.assign(script.dataset, tag.dataset, { autoTrackPage: 'false' })
    script.src = tag.src.replace(/[^/]*$/, 'track.js')
    document.head.append(script)
  }

  const cookie = (name) => {
    const found = document.cookie.split('; ').find((text) => text.startsWith(name + '='))
    return found && decodeURIComponent(found.slice(name.length + 1))
  }

  // The snippet may have known the visitor first: then Segment's library takes on that id, so that
  // what was told before is not left with another.
  const shareId = (analytics) => {
    try {
      const known = cookie('ajs_anonymous_id') || localStorage.getItem('ajs_anonymous_id')
      const ours = cookie((tag.dataset.cookieNamespace || '_cio') + 'anonid')
      if (ours && !known) analytics.setAnonymousId(ours)
    } catch (error) {} // blocked: each event bears Segment's id all the same
  }

  // What Segment's library has decided stays so: who it is about, when, and under which id.
  const decided = ({ messageId, timestamp, anonymousId, userId }) =>
    Object.assign({ messageId, timestamp, anonymousId }, userId && { userId })

  const plugin = {
    name: 'Anonymous Events Snippet',
    type: 'destination',
    version: '1.0.0',
    isLoaded: () => true, // calls wait in the snippet's queue until it is

    async load(context, analytics) {
      window._cio = window._cio || []
      shareId(analytics)
      loadSnippet()
      analytics.on('reset', () => tell('reset', analytics.user().anonymousId()))
    },

    track(context) {
      const { event } = context
      tell('track', event.event, event.properties, decided(event))
      return context
    },

    page(context) {
      const { event } = context
      const { name, properties = {} } = event
      tell('page', name || properties.url, properties, decided(event))
      return context
    },

    // Who gives neither an id nor an e-mail is nobody yet (K2). Dates go as ISO text: the door's
    // mapping turns them into Unix seconds, numbers it would make text.
    identify(context) {
      const { event } = context
      const { userId, traits = {} } = event
      const id = userId || traits.email
      if (id) tell('identify', Object.assign({}, traits, { id }), decided(event))
      return context
    }
  }

  window.cioSegmentPlugin = plugin
  if (window.analytics && window.analytics.register) window.analytics.register(plugin)
})()
