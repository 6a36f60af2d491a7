"""What of a page is content, how it is laid out, and which characters it is written in."""

import pytest

from mathkit.pages import decode, read_page

PROSE = "<p>" + "Some words of a paragraph that is long enough to be the content. " * 5 + "</p>"


def text(html: str) -> str:
    return read_page(html.encode(), None).text


def around(html: str) -> str:
    """Return the text of something in the middle of a page."""
    prose = text(PROSE)
    found = text(f"<html><body>{PROSE}{html}{PROSE}</body></html>")
    assert found.startswith(prose)
    assert found.endswith(prose)
    return found[len(prose) : -len(prose)].strip()


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<h1>One</h1><p>two\n three</p>four", "One\n\ntwo three\n\nfour"),
        ("<div>one</div><div>two<br>three</div>", "one\ntwo\nthree"),
        ("<p>a <b>b</b><i> c</i>d&nbsp;e", "a b cd e"),
        ("<ul><li>one<li>two<ul><li>inner</ul><li>three</ul>", "- one\n- two\n  - inner\n- three"),
        ("<ol><li>one<li><p>two</p></ol>", "1. one\n2. two"),
        ("<ol start=7><li>seven<li>eight</ol>", "7. seven\n8. eight"),
        ("<table><tr><th>a<th>b<tr><td>1<td><p>2</p></table>", "a | b\n1 | 2"),
        ("<table><tr><td><div>1<br>2</div><td>3<tr><td><p>4<td>5</table>", "1 2 | 3\n4 | 5"),
        ("<table><tr><td><h2>layout</h2><div>by table</div><td>right</table>", "layout\n\nby table\nright"),
        ("<pre>if x:\n    y  =  1\n\n\nz</pre>", "if x:\n    y  =  1\n\n\nz"),
        ("<p>before<pre>  code</pre>after", "before\n\n  code\n\nafter"),
        ("<dl><dt>Term<dd>Definition</dl>", "Term\nDefinition"),
        ("a<script>var x = '<p>no</p>'</script><style>p {}</style><!-- no --><noscript>no</noscript>b", "ab"),
        ("soft&shy;hyphen, zero&#8203;width", "softhyphen, zerowidth"),
        ("<p>unclosed <b>bold<p>next", "unclosed bold\n\nnext"),
        ("<svg><text>no</text></svg><p>a &lt;tag&gt; &amp;amp;", "a <tag> &amp;"),
    ],
)
def test_blocks_are_lines(html: str, expected: str) -> None:
    assert text(html) == expected


@pytest.mark.parametrize(
    "html",
    [
        "<nav>Home</nav>", "<footer>Copyright</footer>", "<header>Site</header>", "<aside>Also</aside>",
        '<div class="sidebar">Links</div>', '<div id="cookie-banner">We use</div>', '<div role="navigation">Menu</div>',
        '<ul class="breadcrumbs"><li>Home</ul>', '<p hidden>no</p>', '<p style="color: red; DISPLAY:none">no</p>',
        '<span aria-hidden="true">no</span>', "<button>Send</button>", '<div class="main-menu">Menu</div>',
        '<ul><li><a href="a">One</a><li><a href="b">Two</a><li><a href="c">Three</a></ul>',
    ],
)  # fmt: skip
def test_what_is_no_content_is_left_out(html: str) -> None:
    assert around(html) == ""


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<ul><li>short<li>steps</ul>", "- short\n- steps"),
        (
            '<p>See <a href="a">this</a> and <a href="b">that</a> of <a href="c">those</a> pages.</p>',
            "See this and that of those pages.",
        ),
        ('<div class="sidebar">Note that <math alttext="x<1"></math></div>', "Note that $x<1$"),
        ('<aside>By <script type="math/tex">x</script></aside>', "By $x$"),
        ("<article><header><h1>Title</h1></header>x</article>", "Title\n\nx"),
        ('<div class="navier-stokes">Fluids</div>', "Fluids"),
        ("<p>=</p>", "="),
    ],
)
def test_what_is_content_is_kept_whatever_it_is_called(html: str, expected: str) -> None:
    assert around(html) == expected


def test_a_page_that_is_all_sidebar_or_all_links_is_kept() -> None:
    assert text(f'<body><div class="sidebar">{PROSE}</div></body>') == text(PROSE)
    assert text("<ul><li><a href=a>One</a><li><a href=b>Two</a><li><a href=c>Three</a></ul>") == "- One\n- Two\n- Three"


def test_an_article_on_csdn_is_kept_whole_among_much_else() -> None:
    contents = '<p></p><div class="toc"><h4>目录</h4><ul><li><a href="#t1">定理</a></li></ul></div>'
    article = "<h2><a name=t1></a>定理</h2> \n<p>设<span class='katex--inline'>x</span>为正数。</p>"
    others = "<div class='recommend-item-box'><a href='x'>" + "另一篇文章的题目" * 9 + "</a></div>"
    page = f"""<body class="nodata"><div id="toolbarBox"></div><div class="main_father"><div id="mainBox"><main>
        <div class="blog-content-box"><div class="article-header-box"><h1 class="title-article">题目</h1></div>
        <article class="baidu_pl"><div id="article_content" style="height: 2000px; overflow: hidden;">
        <link rel="stylesheet" href="x.css"><div id="content_views" class="markdown_views prism-atom-one-dark">
        <svg style="display: none;"><path></path></svg>{contents}{article}</div></div></article></div>
        <div class="recommend-box">{others * 5}</div></main></div></div></body>"""
    assert text(page).startswith("题目\n\n定理\n\n设$x$为正数。")


def test_title_and_language() -> None:
    page = read_page(b"<html lang='zh-Hans-CN'><title> A \n &lt;title&gt; </title><svg><title>no</title></svg>x", None)
    assert (page.title, page.lang) == ("A <title>", "zh")
    page = read_page(b"<html lang='{{ lang }}'><title></title>x", None)
    assert (page.title, page.lang) == (None, None)


CHINESE = "设函数在闭区间上连续，则它在这个区间上有界，并且能取到最大值和最小值。"
TRADITIONAL = "設函數在閉區間上連續，則它在這個區間上有界，並且能取到最大值和最小值。"


@pytest.mark.parametrize(
    ("page", "encoding", "server"),
    [
        (CHINESE, "gbk", "gb2312"),
        (CHINESE + "㐀", "gb18030", "GBK"),
        (CHINESE, "gbk", None),
        (TRADITIONAL, "big5", None),
        (TRADITIONAL, "big5", "big5"),
        ("<meta charset=gbk>" + CHINESE, "gbk", "utf-8"),  # the server is wrong
        ('<meta http-equiv="Content-Type" content="text/html; charset=GB2312">' + CHINESE, "gbk", None),
        ("<?xml version='1.0' encoding='gb2312'?>" + CHINESE, "gbk", None),
        ("<meta charset=iso-8859-1>" + CHINESE, "utf-8", "iso-8859-1"),  # both are
        ("\ufeff" + CHINESE, "utf-16", None),
        ("\ufeff" + CHINESE, "utf-8", "gbk"),
        ("café – naïve", "cp1252", "iso-8859-1"),
        ("ёлка и иголки, предел последовательности", "cp1251", "windows-1251"),
        ("極限と連続", "iso-2022-jp", "iso-2022-jp"),
        (CHINESE, "gbk", "no-such-charset"),
        (CHINESE, "gbk", "base64"),
    ],
)
def test_the_characters_of_a_page(page: str, encoding: str, server: str | None) -> None:
    assert decode(page.encode(encoding), server).lstrip("\ufeff") == page.lstrip("\ufeff")


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000, "<b>" * 1500 + "x", "<table>" * 1000 + "x", "<sup>" * 1500 + "x", "<ul><li>" * 700 + "x",
        "<!--" * 100_000, "<script " * 50_000, "<a" * 100_000, "\0" * 1000 + "<p>x", "&#0;&#xD800;&#x110000;<p>x", "<",
        "<math>" * 1000, "$" * 100_000, "\\begin{a}" * 30_000 + "\n", "<math><mi>" * 900, "<p>" + "\ud800x",
        "<script type=math/mml></script>x<span class=MathJax data-mathml='<!-- c --><math><?p ?><!-- d -->'>y</span>",
        "<span class=katex>" * 1000, "<div class=sidebar><a href=x>y</a>" * 500,
    ],
    ids=lambda html: html[:20].encode("ascii", "replace").decode(),
)  # fmt: skip
def test_hostile_pages_end_and_raise_nothing(html: str) -> None:
    read_page(html.encode("utf-8", "surrogatepass"), None)
