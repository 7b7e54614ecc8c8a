import { expect, test } from 'vitest'
import { remembered } from '../../src/sql/remembered.js'

function countedReader(limits?: { longest?: number; inAll?: number }) {
  const texts: string[] = []
  const read = remembered((text) => {
    texts.push(text)
    return text.length > 3 ? null : text.length
  }, limits)
  return { read, texts }
}

test('a text is read once, also where nothing is found in it', () => {
  const { read, texts } = countedReader()

  expect(['abc', 'abcd', 'abc', 'abcd'].map(read)).toEqual([3, null, 3, null])
  expect(texts).toEqual(['abc', 'abcd'])
})

test('a text that is asked for again and again is remembered, however many others come', () => {
  const { read, texts } = countedReader()

  for (let n = 0; n < 5_000; n++) {
    read('often')
    read(`once ${n}`)
  }

  expect(texts.filter((text) => text === 'often')).toHaveLength(1)
})

test('what was not asked for in a while is forgotten', () => {
  const { read, texts } = countedReader()

  read('early')
  for (let n = 0; n < 5_000; n++) read(`once ${n}`)
  read('early')

  expect(texts.filter((text) => text === 'early')).toHaveLength(2)
})

test('long texts are not kept, nor more characters than are allowed', () => {
  const { read, texts } = countedReader({ longest: 10, inAll: 20 })

  for (const text of ['a text too long', 'a text too long', 'ten chars.']) read(text)
  for (let n = 0; n < 10; n++) read(`ten more ${n}`)
  read('ten chars.')

  expect(texts.filter((text) => text === 'a text too long')).toHaveLength(2)
  expect(texts.filter((text) => text === 'ten chars.')).toHaveLength(2)
})
