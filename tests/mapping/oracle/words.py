"""The words that cases are made of: each is there because something odd happens to it."""

KEYS = ("a", "b", "c", "1", "0", "10", "a.b", "length", "", "traits", "text", "number", "items")
PATHS = (
    "", ".", "$", "$.", "$.a", "a.b", "$.items[0].a", "$.items[*].a", "$.text.length", "$.text[0]",
    "$.traits.$.a", "$.['a.b']", '$.["a"]', "$.a[b]", "$.items.0.a", "$.items.length", "$.number.x",
    "$.missing.x", "..", "$.a..b", "$.items[1]", "$.text.0", "$.json",
)  # fmt: skip
TEXTS = (
    "", " ", "abc", "Order", "a.b.c", "K and \u212a", "straße ſs", "İstanbul", "ÀÉ", "1", "0", "false",
    "$& $1", "a b  c", "😀 ok", "x" * 12, "kK sS", "null", "5 apples", '"quoted"', "it's", "<b>A&B</b>",
    "2024-01-02T03:04:05Z", "tab\tnew\nline", "p@e.com",
)  # fmt: skip
NUMBERS = (
    0, 1, -1, 6, 1.5, 1.0, -0.0, 1e21, 1e-7, 123456789012345680000, 9007199254740993, 0.1, 5, 42,
    1714979289, 1e100, 2.5, -2.5, 1e16,
)  # fmt: skip
TIMES = (0, 1, 1.5, 1714979289, 1714979289.5, 1714979289000, "1714979289", "1714979289.5", "soon")
BLANKS = (None, "", " ")
DATES = (
    "2024-01-02", "2024-01-02T03:04:05Z", "2024-01-02T03:04:05.123456789Z", "2024-02-30T00:00:00Z",
    "2024-01-02T03:04:05+0200", "2024-01-02T03:04:05-05:30", "2024-13-01", "0050-01-01", "20240102",
    "2024-01-02 03:04:05", "2024/1/2", "2024", "2024-1-2", "2024-01-02T24:00:00", "2024-06-30T23:59:60Z",
    "2024-01-02T03:04", "2024-01-02T03:04Z", "1969-12-31T23:59:59.5Z", "2024-01-02t03:04:05Z",
)  # fmt: skip
IDS = (
    "u1", "anon-1", "cio_abc", "cio_", "p@e.com", "P@E.COM", "a@b", "42", 42, 4.5, "", None, "0", 0,
    "2024-01-02", "x@y.z ", "a.b@c-d.e",
)  # fmt: skip
EVENTS = (
    "Order Completed", "Application Installed", "Application Opened", "Application Uninstalled",
    "Device Created or Updated", "Device Deleted", "Relationship Deleted", "User Deleted",
    "User Suppressed", "User Unsuppressed", "Object Deleted", "Report Delivery Event",
    "Report Content Event", "Order", "order",
)  # fmt: skip
CALL_TYPES = ("track", "identify", "page", "screen", "group", "alias")
TEMPLATES = (
    "{{a}}", "{{ a }}", "{{{a}}}", "{{{text}}}", "{{ }}", "{{}}", "{{$.a}}", "x{{text}}y", "{{items}}",
    "{{{{a}}}}", "{{traits}}", "{{number}}", "{{a.b}}", "{{ missing }}", "{{a}", "{a}", "{{ . }}",
    "{{items.0.a}}-{{items.length}}", "{{'a'}}",
)  # fmt: skip
LIQUID = (
    "{{ a }}", "{{ text | upcase }}", "{{ number | plus: 1 }}", "{{ number | divided_by: 4 }}",
    "{% if a %}yes{% else %}no{% endif %}", "{% if text == '' %}blank{% endif %}", "{{ text | size }}",
    "{{ items }}", "{{ traits }}", "{{ missing | default: 'd' }}", "{{ text | unknown_filter }}",
    "{% for i in items %}{{ i }}{% endfor %}", "{{ items | map: 'a' }}", "{{ text | split: ' ' | join: '-' }}",
    "{{ text | replace: 'a', 'b' }}", "{% assign v = number | times: 2 %}{{ v }}", "{{ items.size }}",
    "{% unless a %}u{% endunless %}", "{{ text | truncate: 5 }}", "{{ text | slice: 0, 2 }}", "text",
    "{{ number | round: 1 }}", "{{ text | escape }}", "{{ text | capitalize }}", "{{ items[0].a }}",
    "{% if number > 5 and text contains 'a' %}1{% elsif number == 1 %}2{% else %}3{% endif %}",
    "{{ text | append: '!' | prepend: '?' }}", "{{ number | minus: 0.5 }}", "{{ text | strip }}",
    "{{ items | first }}", "{{ text | downcase | remove: 'a' }}", "{{ number | modulo: 4 }}",
    "{{ 'x' | append: a }}", "{{ '2024-01-02' | date: '%Y' }}", "{{ number | floor }}", "{{ 7 | divided_by: 2 }}",
    "{{ text | url_encode }}", "{{ number | abs }}", "{{ number | ceil }}", "{% raw %}{{ a }}{% endraw %}",
    "{{ text", "{% if %}", "{% capture c %}{{ text }}{% endcapture %}{{ c | size }}", "{{ items | size }}",
    "{{ text | strip_html }}", "{{ items | compact | size }}", "{% case a %}{% endcase %}", "{{ a.b.c }}",
    "{{ number | at_least: 3 }}", "{{ text | truncatewords: 1 }}", "{{ text | json }}", "{{ items | json }}",
    "{% comment %}x{% endcomment %}", "{{- text -}}", "{{ true }}", "{{ nil }}", "{{ 1.0 }}", "{{ text | first }}",
    "{{ items | last }}", "{% increment n %}{% increment n %}", "{% echo text %}", "{{ text | base64_encode }}",
    "{{ items | uniq }}", "{{ items | sort }}", "{{ text | default: 'e' }}", "{{ (1..3) }}", "{{ items | sum: 'a' }}",
    "{% cycle 'a', 'b' %}", "{{ text | url_decode }}",
    "{% if a == number %}1{% else %}2{% endif %}", "{{ text | normalize_whitespace }}", "{{ items[-1] }}",
    "{% if items contains 'abc' %}1{% else %}2{% endif %}", "{{ text | cgi_escape }}", "{{ number }}",
    "{% if text == blank %}b{% endif %}", "{% if items == empty %}e{% endif %}", "{{ a['b'] }}",
    "{% if a != nil %}n{% endif %}", "{{ number | divided_by: 0 }}", "{{ text | plus: 1 }}",
    "{{ number | times: a }}", "{{ a | size }}", "{% if a or text and number %}1{% endif %}",
    "{{ items.first }}", "{{ traits.size }}", "{{ text.size }}", "{{ a | append: 1.0 }}",
    "{{ number | upcase }}", "{{ items | join: ', ' }}", "{{ a | slice: -2, 2 }}", "{{ 'a' | plus }}",
    "{{ text | replace_first: 'a', '$&' }}", "{{ text | squish }}", "{{ text | lstrip | rstrip }}",
    "{{ number | modulo: 0 }}", "{{ a | default: 1 }}", "{{ text[0] }}", "{{ number | plus: '2' }}",
    "{{ text | split: '' | size }}", "{{ text | date: '%Y-%m-%d' }}", "{{ items | where: 'a', 1 | size }}",
)  # fmt: skip
