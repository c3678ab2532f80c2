import { describe, expect, it } from 'vitest';
import { decodeEntities } from '../../src/labelstudio/html-entities.ts';
import { textOfHtml } from '../../src/labelstudio/markup.ts';

describe('HTML as text', () => {
  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['<b>w</b>ord', 'word'],
    ['one<br>two<br/>three', 'one\ntwo\nthree'],
    ['<p>one</p><p>two</p>', 'one\ntwo'],
    ['  a \n\t b  ', 'a b'],
    ['<i> a </i> <i> b </i>', 'a b'],
    ['<ul><li>a<li>b</ul>', 'a\nb'],
    ['<table><tr><td>a</td><td>b</td></tr></table>', 'a\nb'],
    ['a < b and b > c', 'a < b and b > c'],
    ['a <3 b', 'a <3 b'],
    ['1 <', '1 <'],
    ['<', '<'],
    ['<a title="x>y">z</a>', 'z'],
    ["<a title='x>y'>z</a>", 'z'],
    ["<p class=it's>z</p>", 'z'],
    ['<a "b>c', 'c'],
    ['<!-- a > b -->c', 'c'],
    ['<!-->c', 'c'],
    ['<!--->c', 'c'],
    ['<!doctype html><html><head><title>T</title></head><body>b</body></html>', 'T\nb'],
    ['<?xml version="1.0"?>x', 'x'],
    ['</ 5>x', 'x'],
    ['a</b>c', 'ac'],
    ['&lt;b&gt; R&amp;D', '<b> R&D'],
    ['a&nbsp;&nbsp;b', 'a\u00a0\u00a0b'],
    ['&amp;lt;', '&lt;'],
  ])('%j is %j', (html, text) => {
    expect(textOfHtml(html)).toBe(text);
  });

  it.each([
    ['<script>if (a < b) "</p>"</script>x', 'x'],
    ['<SCRIPT src="a.js"></SCRIPT>x', 'x'],
    ['<style>p { color: red }</style>x', 'x'],
    ['<script>"</scripted>"</script >x', 'x'],
    ['<script>a', ''],
    ['a<script>b</script', 'a'],
    ['<iframe><p>no</p></iframe>x', 'x'],
    ['</script>x', 'x'],
    ['<scripted>x</scripted>', 'x'],
  ])('of %j no script and no style is left', (html, text) => {
    expect(textOfHtml(html)).toBe(text);
  });

  it.each([
    ['<a', 'a tag that never ends'],
    ['x<!--', 'a comment that never ends'],
    ['<a b="', 'a value that never ends'],
  ])('%j ends the text: %s', (html) => {
    expect(textOfHtml(`before ${html}`)).toMatch(/^before/);
  });

  it('F123 takes no longer than the page is long, however broken it is', () => {
    const pieces = [
      '<',
      '<a',
      '<a ',
      '<!--',
      '</',
      '<script>',
      '<a b="',
      '&',
      '&#',
      '&amp',
      '<p>',
      ' <b> ',
      '<a b=>',
      '</script',
    ];
    for (const piece of pieces) {
      const [short, long] = [piece.repeat(20_000), piece.repeat(160_000)];
      const least = Math.min(timeOf(short), timeOf(short), timeOf(short));
      expect(Math.min(timeOf(long), timeOf(long))).toBeLessThan(24 * Math.max(least, 10));
    }
  });
});

describe('a character reference', () => {
  it.each([
    ['&eacute;&Eacute;', 'éÉ'],
    ['&euro;&ndash;&hellip;&alpha;&hearts;&apos;', "€–…α♥'"],
    ['&#233;&#xE9;&#XE9;&#x1F600;', 'ééé😀'],
    ['&#146;&#128;', '’€'],
    ['&#0;&#xD800;&#1114112;&#99999999999;', '����'],
    ['&copy 2026 &amp', '© 2026 &'],
    ['&unknown; & &; &# &#x; &toolongname;', '&unknown; & &; &# &#x; &toolongname;'],
    ['&__proto__;&constructor;', '&__proto__;&constructor;'],
    ['&yuml;&nbsp;&szlig;', 'ÿ\u00a0ß'],
    ['&#65', 'A'],
  ])('%j is %j', (text, decoded) => {
    expect(decodeEntities(text)).toBe(decoded);
  });
});

function timeOf(html: string): number {
  const start = performance.now();
  textOfHtml(html);
  return performance.now() - start;
}
