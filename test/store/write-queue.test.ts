import { describe, expect, test } from 'vitest'
import { WriteQueue } from '../../src/store/write-queue.js'
import { naive, request } from './sample-recordings.js'

describe('the queue', () => {
  test('gives what came first, up to a number of recordings or of queries', () => {
    const queue = new WriteQueue({ maxCount: 10, maxBytes: 1e9 })
    const pushed = [request(), naive(), request(), request()]
    for (const one of pushed) queue.push(one)
    expect(queue.peek(3, 1_000)).toEqual(pushed.slice(0, 3))
    expect(queue.peek(3, 10)).toEqual(pushed.slice(0, 2))
    queue.remove(2)
    expect(queue.peek(3, 1_000)).toEqual(pushed.slice(2))
    expect([queue.count, queue.pushed, queue.settled]).toEqual([2, 4, 2])
  })

  test('drops the oldest when there are too many', () => {
    const queue = new WriteQueue({ maxCount: 2, maxBytes: 1e9 })
    const pushed = [request(), request(), request()]
    expect(pushed.map((one) => queue.push(one))).toEqual([0, 0, 1])
    expect(queue.peek(9, 9)).toEqual(pushed.slice(1))
  })

  test('drops the oldest when they are too big, but keeps the newest whatever its size', () => {
    const queue = new WriteQueue({ maxCount: 100, maxBytes: 10_000 })
    expect(queue.push(naive())).toEqual(0)
    expect(queue.push(naive())).toEqual(1)
    expect(queue.count).toEqual(1)
  })

  test('holds no memory of what has left', () => {
    const queue = new WriteQueue({ maxCount: 100, maxBytes: 1e9 })
    for (let turn = 0; turn < 5_000; turn++) {
      queue.push(request())
      queue.remove(1)
    }
    expect([queue.count, queue.bytes, queue.pushed]).toEqual([0, 0, 5_000])
  })
})
