const tasks = new Set<() => void>()

/**
 * Runs a synchronous task when the process exits by itself or by `process.exit()`. One listener for all profilers, so
 * that many of them raise no warning about leaking listeners. A signal without handler runs nothing.
 *
 * @returns takes it back
 */
export function onProcessExit(task: () => void): () => void {
  if (tasks.size === 0) process.on('exit', runTasks)
  tasks.add(task)
  return () => {
    tasks.delete(task)
    if (tasks.size === 0) process.off('exit', runTasks)
  }
}

function runTasks(): void {
  for (const task of tasks) {
    try {
      task()
    } catch {
      // The process is ending: nobody is left to tell, and the others must have their turn.
    }
  }
}
