import { createConsumer } from "@rails/actioncable"

const consumer = createConsumer()

document.addEventListener("turbo:load", () => {
  const heat = document.querySelector("[data-heat]")?.dataset.heat
  if (!heat) return

  consumer.subscriptions.create({ channel: "ScoresChannel", heat }, {
    received({ entry, judge, value }) {
      const cell = document.getElementById(`score_${entry}_${judge}`)
      if (cell) cell.textContent = value
    }
  })
})
