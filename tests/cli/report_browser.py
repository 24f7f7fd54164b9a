"""report_browser.py BROWSER PAGE WIDTH SCRATCH: opens PAGE in a headless browser, measures it from inside, and looks at a picture of
it. Exit 1 with a line for each thing that is wrong."""
import html
import json
import os
import re
import struct
import subprocess
import sys
import zlib

# Runs in a copy of the page only: the report itself has no script.
MEASURE = """<script>
const seen = [], wrong = [], page = document.documentElement;
if (page.scrollWidth > page.clientWidth) wrong.push("the page is " + page.scrollWidth + " wide in a window of " + page.clientWidth);
function light(colour) {
  const c = colour.match(/[\\d.]+/g).map(Number).slice(0, 3).map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
}
function behind(element) {
  for (; element; element = element.parentElement) {
    const colour = getComputedStyle(element).backgroundColor;
    if (!/rgba\\(.*, 0\\)|transparent/.test(colour)) return colour;
  }
  return "rgb(255, 255, 255)";
}
for (const element of document.querySelectorAll("body *")) {
  const box = element.getBoundingClientRect(), style = getComputedStyle(element);
  const words = [...element.childNodes].filter(n => n.nodeType === 3).map(n => n.data.trim()).join("");
  if (!words || element instanceof SVGElement || element.tagName === "SCRIPT" || element.tagName === "STYLE" || box.width === 0) continue;
  seen.push(words);
  if (box.right > page.clientWidth + 1) wrong.push("runs over the edge: " + words.slice(0, 60));
  const a = light(style.color), b = light(behind(element)), contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (contrast < 4.5) wrong.push("hard to read (" + contrast.toFixed(1) + "): " + words.slice(0, 60));
}
for (const heading of document.querySelectorAll("h1, h2, h3")) {
  const next = heading.nextElementSibling;
  if (!next || next.tagName === "SCRIPT" || (next.tagName === heading.tagName) || next.getBoundingClientRect().height < 2)
    wrong.push("nothing under: " + heading.textContent.trim());
}
const result = document.createElement("pre");
result.id = "measured";
result.textContent = JSON.stringify({words: seen.join(" ").length, headings: document.querySelectorAll("h2").length, tables: document.querySelectorAll("table").length, wrong: wrong.slice(0, 20)});
document.body.append(result);
</script>"""


def run(browser, *words):
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        sys.exit(f"{browser}: exit {done.returncode}: {done.stderr[-300:]}")
    return done.stdout


def grey_rows(path):
    """Of a PNG with 8 bits a channel: rows of brightness."""
    with open(path, "rb") as file:
        data = file.read()
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    channels = {0: 1, 2: 3, 6: 4}[kind]
    assert depth == 8
    packed, at = b"", 8
    while at < len(data):
        size = struct.unpack(">I", data[at:at + 4])[0]
        if data[at + 4:at + 8] == b"IDAT":
            packed += data[at + 8:at + 8 + size]
        at += 12 + size
    raw, stride, before = zlib.decompress(packed), width * channels, bytearray(width * channels)
    for y in range(height):
        how, line = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride):
            left, up, corner = line[i - channels] if i >= channels else 0, before[i], before[i - channels] if i >= channels else 0
            if how == 1:
                line[i] = line[i] + left & 255
            elif how == 2:
                line[i] = line[i] + up & 255
            elif how == 3:
                line[i] = line[i] + (left + up) // 2 & 255
            elif how == 4:
                p = left + up - corner
                distance = abs(p - left), abs(p - up), abs(p - corner)
                line[i] = line[i] + (left if distance[0] == min(distance) else up if distance[1] == min(distance) else corner) & 255
        before = line
        yield [line[x * channels] for x in range(width)]


def main():
    browser, page, width, scratch = sys.argv[1:]
    with open(page, encoding="utf-8") as file:
        text = file.read()
    wrong = ["the report has a script"] if "<script" in text else []
    wrong += [f"the report loads {link}" for link in re.findall(r'(?:src|href)="(?!#|data:)([^"]+)"', text)]
    copy = os.path.join(scratch, "measured.html")
    with open(copy, "w", encoding="utf-8") as file:
        file.write(text.replace("</body>", MEASURE + "</body>") if "</body>" in text else text + MEASURE)
    window = f"--window-size={width},900"
    found = re.search(r'<pre id="measured">(.*?)</pre>', run(browser, window, "--dump-dom", "file://" + copy), re.S)
    measured = json.loads(html.unescape(found[1]))
    wrong += measured["wrong"]
    if measured["words"] < 500 or measured["headings"] < 2 or measured["tables"] < 2:
        wrong.append(f"little is on the page: {measured}")
    picture = os.path.join(scratch, "page.png")
    run(browser, window, f"--screenshot={picture}", "file://" + os.path.abspath(page))
    dark = [sum(1 for value in row if value < 128) for row in grey_rows(picture)]
    inked = sum(1 for count in dark if count) / len(dark)
    if inked < 0.2 or sum(dark) < 2000:
        wrong.append(f"the picture is all but empty: {inked:.2f} of its rows have something dark")
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
