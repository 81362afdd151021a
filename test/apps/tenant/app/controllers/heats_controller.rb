# frozen_string_literal: true

class HeatsController < ApplicationController
  def index
    @heats = Heat.ordered.includes(:dance, entries: [:lead, :follow])

    respond_to do |format|
      format.html
      format.json
    end
  end

  def show
    @heat = Heat.find(params[:id])
    @judges = Person.judge.by_name
    @scores = @heat.scores.index_by { |score| [score.entry_id, score.judge_id] }
  end
end
